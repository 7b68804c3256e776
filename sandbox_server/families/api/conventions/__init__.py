"""How wrappers around services tell their models what a service answered, one file each."""
