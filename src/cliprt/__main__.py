"""``python -m cliprt`` is the same as ``cliprt``."""

from cliprt.cli import main

raise SystemExit(main())
