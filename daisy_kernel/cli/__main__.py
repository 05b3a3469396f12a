"""``python -m daisy_kernel.cli`` is the command ``daisy``."""

import sys

from daisy_kernel.cli.main import main

sys.exit(main())
