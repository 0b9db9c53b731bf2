@echo off
rem ASCII only: the Chinese sentences come from Python, whatever the code page of this window.
setlocal EnableExtensions DisableDelayedExpansion
title Village planner - close this window to stop it
set "PYTHONUTF8=1"
set "PYTHONNOUSERSITE=1"
set "PYTHONHOME="
set "PYTHONPATH="
if not exist "%~dp0install.py" goto unzip
if not exist "%~dp0python\python.exe" goto nopython
"%~dp0python\python.exe" -X utf8 -s "%~dp0install.py"
if errorlevel 1 goto failed
"%~dp0python\python.exe" -X utf8 -s -m ui.cli serve
if errorlevel 1 goto failed
exit /b 0

:unzip
echo This file was opened inside the zip. Unzip everything first, then start it from there.
goto failed

:nopython
echo python\python.exe is missing. See step 2 of the instructions that open now.
for %%f in ("%~dp0*.txt") do start "" notepad.exe "%%~f"

:failed
echo.
pause
exit /b 1
