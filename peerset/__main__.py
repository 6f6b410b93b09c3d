"""``python -m peerset`` and the ``peerset`` script."""

from peerset.cli.app import main

if __name__ == "__main__":
    main()
