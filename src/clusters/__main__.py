"""Entry of the `clusters` command: so small that Ctrl-C is answered from the first moment on."""

import signal
import sys


def main() -> None:
    """Load the command and run it."""
    try:
        from clusters.cli import main as run  # noqa: PLC0415 - loading takes long enough to interrupt

        run()
    except KeyboardInterrupt:
        sys.stderr.write("clusters: interrupted; nothing was published or overwritten\n")
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the work is over, only the exit is left


if __name__ == "__main__":
    main()
