"""The words of each kind of server for failures, one file each."""
