"""What the algorithms of powder diffraction share; geometry as pyFAI has it."""
