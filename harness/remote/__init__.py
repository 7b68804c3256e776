"""Episodes on stages that run elsewhere: the world goes up once, what happens comes down, and is judged here."""
