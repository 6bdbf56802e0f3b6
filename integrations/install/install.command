#!/bin/sh
# Double-click this file in the Finder to install takevoice on a Mac; double-click it again to update.
#
# If macOS says that it cannot check the file, as it does for files that a browser has downloaded: open System Settings,
# Privacy & Security, and choose Open Anyway. Or type `sh ` in a terminal, drag this file into it, and press Return.
result=0
/bin/sh "$(dirname "$0")/install.sh" "$@" || result=$?
if [ -t 0 ]; then
  printf '\nPress Return to close.'
  read -r _
fi
exit "$result"
