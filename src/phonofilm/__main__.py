"""``python -m phonofilm``."""

import sys

try:
    from phonofilm.cli.main import main

    code = main()
except KeyboardInterrupt:  # while Python itself was still loading, or a second Ctrl-C
    print("phonofilm: interrupted; nothing was written", file=sys.stderr)
    code = 130
raise SystemExit(code)
