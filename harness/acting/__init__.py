"""What lets an agent act: its desk, its process, its way to the servers, and what is known of its mind."""
