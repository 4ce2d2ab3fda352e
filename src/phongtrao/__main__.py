"""``python -m phongtrao`` is ``phongtrao``."""

from phongtrao.cli import main

if __name__ == "__main__":
    main()
