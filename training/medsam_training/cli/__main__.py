"""`python -m medsam_training.cli` is `medsam-train`."""

import sys

from medsam_training.cli.edge import main

if __name__ == "__main__":
    sys.exit(main())
