"""Episodes that somebody elsewhere directs: limits, what is followed there, and what people do and say from there."""
