/* The program python.exe (and pythonw.exe, without a console), which the wheel that carries python311.dll lacks. */
#include <stdio.h>
#include <windows.h>

int wmain(int argc, wchar_t **argv)
{
    HMODULE python = LoadLibraryW(L"python311.dll");
    if (!python) {
        fprintf(stderr, "python311.dll cannot be loaded: error %lu\n", GetLastError());
        return 1;
    }
    int (*py_main)(int, wchar_t **) = (int (*)(int, wchar_t **))GetProcAddress(python, "Py_Main");
    return py_main(argc, argv);
}
