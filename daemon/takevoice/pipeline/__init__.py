"""What happens to one take: a module for each step, in the order of a take's way.

A dropped file or a request is taken up by `intake`, which asks `assessment` (is it to be converted?), `existing` (was it
before?), `planning` (with which settings, backend, voice, at what price?) and `hold_policy` (does a person have to
decide?). A queued job goes through `conversion` (`segments` at the backend, with their `charges`), `restoration` and
`publishing`. What was paid for is kept by the `answer_store` for whichever job needs it, and jobs whose files get other
names follow them with `renames`. `outcome` decides what follows from an error, `ending` carries it out, `recovery` continues after a crash,
`decisions` are those of people, and `events` notify the log, OSC clients and plugins. `circuit` and `workdir` serve several of them.
In folders that other machines use too, `elsewhere` asks at each step what they do, by their `claims`.

No module here owns a thread, but for the segments of one take that are converted side by side.
"""
