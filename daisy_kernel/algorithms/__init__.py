"""The algorithms that come with Daisy; each is found through the entry points of the package."""
