@echo off
rem Double-click this file to install takevoice on Windows for yourself; double-click it again to update.
rem It needs no administrator and no compiler. "install.cmd --remove" removes what it has installed, and keeps settings
rem and results. This file is ASCII with CRLF line ends, which cmd.exe needs.
rem
rem No path is written into a command that cmd.exe reads twice (call), so that names with & and % do no harm: it works in
rem its folders, with relative names.
setlocal EnableExtensions DisableDelayedExpansion
title takevoice
set "PYTHONHOME="
set "PYTHONPATH="
set "VIRTUAL_ENV="
set "PIP_USER=0"
set "PIP_DISABLE_PIP_VERSION_CHECK=1"
set "RESULT=1"
set "TAKEVOICE_HOME=%LOCALAPPDATA%\Programs\takevoice"
if not defined LOCALAPPDATA goto no_profile
if "%~1"=="--remove" goto remove

rem pushd gives a network folder a drive letter.
pushd "%~dp0..\.."
if not exist daemon\takevoice\version.py goto no_source
if not exist "%TAKEVOICE_HOME%" mkdir "%TAKEVOICE_HOME%"
if not exist "%TAKEVOICE_HOME%" goto no_home
pushd "%TAKEVOICE_HOME%"

rem The environment: a folder of takevoice's own.
set "IS_NEW=import sys; sys.exit(min(sys.version_info[:2], (3, 11)) != (3, 11)"
if not exist venv\Scripts\python.exe goto find_python
venv\Scripts\python.exe -c "%IS_NEW%)" >nul 2>nul
if not errorlevel 1 goto update

:find_python
rem Not a Python from the Microsoft Store: Windows gives what that writes below AppData to no other program, so REAPER
rem would not find takevoice's scripts. The program "python" that opens the Store fails here, too.
set "IS_FIT=import venv, ensurepip; %IS_NEW% or 'WindowsApps' in sys.base_prefix)"
set "PYTHON="
for %%P in ("py -3" "python" "python3" "py -3.14" "py -3.13" "py -3.12" "py -3.11") do call :try %%~P
if defined PYTHON goto make
call uv --version >nul 2>nul
if errorlevel 1 goto no_python

:make
echo Installing takevoice in "%TAKEVOICE_HOME%"
if exist venv rmdir /s /q venv
if defined PYTHON call %PYTHON% -m venv venv
if not defined PYTHON call uv venv --quiet --seed --python ">=3.11,<3.15" venv
if not exist venv\Scripts\python.exe goto no_venv
goto install

:update
echo Updating takevoice in "%TAKEVOICE_HOME%"

:install
echo This takes a minute ...
popd
"%TAKEVOICE_HOME%\venv\Scripts\python.exe" -m pip install --quiet --upgrade .
if errorlevel 1 goto no_packages

rem The command, in a folder without other programs.
if not exist "%TAKEVOICE_HOME%\bin" mkdir "%TAKEVOICE_HOME%\bin"
copy /y "%TAKEVOICE_HOME%\venv\Scripts\takevoice.exe" "%TAKEVOICE_HOME%\bin\takevoice.exe" >nul
if errorlevel 1 goto in_use
"%TAKEVOICE_HOME%\venv\Scripts\python.exe" integrations\install\add_to_path.py "%TAKEVOICE_HOME%\bin"
popd

echo.
echo takevoice doctor reports:
echo.
"%TAKEVOICE_HOME%\bin\takevoice.exe" doctor
echo.
"%TAKEVOICE_HOME%\bin\takevoice.exe" --version
echo is installed. Next, in a new terminal: takevoice run FOLDER, with the folder you export takes to.
set "RESULT=0"
goto end

:try
if defined PYTHON exit /b
call %* -c "%IS_FIT%" >nul 2>nul
if not errorlevel 1 set "PYTHON=%*"
exit /b

:remove
if not exist "%TAKEVOICE_HOME%\venv\Scripts\python.exe" goto removed
"%TAKEVOICE_HOME%\venv\Scripts\python.exe" "%~dp0add_to_path.py" --remove "%TAKEVOICE_HOME%\bin"
:removed
if exist "%TAKEVOICE_HOME%" rmdir /s /q "%TAKEVOICE_HOME%"
if exist "%TAKEVOICE_HOME%" goto in_use
echo takevoice is removed. Your settings, results and cloned voices are kept.
set "RESULT=0"
goto end

:no_profile
echo error: Windows does not say where your programs are: LOCALAPPDATA is not set
goto end
:no_source
echo error: this script is not in a copy of takevoice
echo   If takevoice is a ZIP file, unpack all of it first. Then run the script in the unpacked folder.
goto end
:no_home
echo error: cannot write to "%TAKEVOICE_HOME%"
goto end
:no_python
echo error: takevoice needs Python 3.11 or newer, and not the one from the Microsoft Store
echo   Install it from https://www.python.org/downloads/windows/, then run this script again.
goto end
:no_venv
echo error: the virtual environment cannot be made
echo   The lines above tell why.
goto end
:no_packages
echo error: takevoice could not be installed
echo   The lines above tell why. Is takevoice running? Stop it first. Without a network connection, try again later.
goto end
:in_use
echo error: takevoice is running
echo   Stop it, and run this script again.
goto end

:end
popd
popd
echo.
pause
exit /b %RESULT%
