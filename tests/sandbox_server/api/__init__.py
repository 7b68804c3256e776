"""Services as agents meet them: by tools and by plain HTTP."""
