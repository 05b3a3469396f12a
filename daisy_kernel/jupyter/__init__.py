"""The Daisy kernel: IPython with a data store, engines, and comms that answer while cells run.

Started by Jupyter through the kernelspec ``daisy`` (``python -m daisy_kernel.jupyter -f FILE``).
"""
