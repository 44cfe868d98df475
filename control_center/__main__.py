"""``python -m control_center``: the same as the command ``reverbere``."""

from control_center.cli import main

main()
