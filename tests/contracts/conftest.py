"""The table of examples lies beside the tests, the executor elsewhere among those of engines."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "engines"))
