CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer TEXT NOT NULL,
  euros REAL NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'review', 'paid'))
);
