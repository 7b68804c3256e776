"""What the command prints for people: tables and stories, plain where no person looks."""
