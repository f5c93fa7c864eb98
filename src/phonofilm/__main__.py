"""``python -m phonofilm``."""

from phonofilm.cli.main import main

raise SystemExit(main())
