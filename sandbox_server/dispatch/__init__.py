"""What the dispatcher is made of: messages, doors, the two protocol generations, and the deliveries of answers."""
