"""`osler` and `python -m osler`: errors end here as one line and an exit code, never as a traceback."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; exit 0 when done, 2 for unusable input, 3 to 5 as `osler.errors` draws them."""
    from osler.cli import app
    from osler.errors import OslerError

    try:
        app()
    except OslerError as error:
        print(f"osler: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader (`| head`) is gone; point stdout at nothing so that the interpreter's flush stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        print(f"osler: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
