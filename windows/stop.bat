@echo off
rem ASCII only: the Chinese sentences come from Python, whatever the code page of this window.
setlocal EnableExtensions DisableDelayedExpansion
title Village planner - stop
set "PYTHONUTF8=1"
set "PYTHONNOUSERSITE=1"
set "PYTHONHOME="
set "PYTHONPATH="
if not exist "%~dp0python\python.exe" goto nothing
if not exist "%~dp0lib\site-packages\ui\cli.py" goto nothing
"%~dp0python\python.exe" -X utf8 -s -m ui.cli serve --stop
if errorlevel 1 goto failed
exit /b 0

:nothing
echo The planner was never started from this folder, so there is nothing to stop.

:failed
echo.
pause
exit /b 1
