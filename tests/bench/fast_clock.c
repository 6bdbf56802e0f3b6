/* The clock that says date and time, faster than it is: for tests/bench/house_day_live.py, by LD_PRELOAD on Linux.

   Everything else is as it is: the monotonic clock, and all waits and timeouts. CLOCK_REAL, CLOCK_SHOWN (Unix times) and CLOCK_SPEED in the environment say
   which time is shown when, and how fast it runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static int (*real_clock)(clockid_t, struct timespec *);
static double began, shown, speed;

__attribute__((constructor)) static void start(void) {
    real_clock = dlsym(RTLD_NEXT, "clock_gettime");
    began = atof(getenv("CLOCK_REAL"));
    shown = atof(getenv("CLOCK_SHOWN"));
    speed = atof(getenv("CLOCK_SPEED"));
}

int clock_gettime(clockid_t id, struct timespec *found) {
    if (!real_clock) start();
    int failed = real_clock(id, found);
    if (failed || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)) return failed;
    double now = shown + (found->tv_sec + found->tv_nsec * 1e-9 - began) * speed;
    found->tv_sec = (time_t)now;
    found->tv_nsec = (long)((now - (double)found->tv_sec) * 1e9);
    return 0;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone) {
    struct timespec now;
    (void)zone;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    found->tv_sec = now.tv_sec;
    found->tv_usec = now.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *found) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found) *found = now.tv_sec;
    return now.tv_sec;
}
