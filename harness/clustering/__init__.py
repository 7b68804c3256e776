"""What plays episodes on a Ray cluster, on its nodes and here."""
