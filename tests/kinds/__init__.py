"""Every kind of server, everywhere in the product."""
