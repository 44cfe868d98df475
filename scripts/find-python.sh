#!/bin/sh
# Print the Python that Réverbère will use: $PYTHON, else the first on the path that is 3.11 or later.
for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
    path=$(command -v "$candidate") || continue
    if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        printf '%s\n' "$path"
        exit 0
    fi
done
echo "Réverbère needs Python 3.11 or later and found none. On Debian 12 or 13: apt install python3" >&2
echo "Elsewhere: install it, then run make PYTHON=/path/to/python3" >&2
exit 1
