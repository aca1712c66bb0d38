# Filled in by the installation slice.
