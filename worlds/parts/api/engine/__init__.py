"""How a service answers: routes, callers, resources and what follows from changing them. Pure: no carrier, no clock."""
