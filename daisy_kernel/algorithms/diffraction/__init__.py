"""What the algorithms of powder diffraction share; geometry as pyFAI has it."""

import logging

# pyFAI's library for graphics cards warns when it is imported where there is none to be used, and
# in a notebook pyFAI prints that as an error. Nothing here asks for one.
logging.getLogger("silx.opencl.common").setLevel(logging.ERROR)
