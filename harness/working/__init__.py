"""What plays episodes in another process than the one that directs the run, and how both understand each other."""
