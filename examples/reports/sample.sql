CREATE TABLE orders (
    year INTEGER NOT NULL, country TEXT NOT NULL, product TEXT NOT NULL, cents INTEGER NOT NULL
) STRICT;

INSERT INTO orders (year, country, product, cents) VALUES
    (2024, 'FR', 'Olives, 500 g', 650), (2024, 'DE', 'Coffee, 100% arabica', 1290),
    (2025, 'FR', 'Olives, 500 g', 1300), (2025, 'FR', 'Olive oil', 990),
    (2025, 'DE', 'Bread', 420), (2026, 'DE', 'Coffee, 100% arabica', 2580);
