INSERT INTO notes (id, owner, title, body, priority, source) VALUES
    (1, 'alice', 'Groceries', 'Bread, olives, coffee.', 1, NULL),
    (2, 'alice', 'Passport', 'Runs out in March: make an appointment.', 2, NULL),
    (3, 'alice', 'Books to read', 'The Left Hand of Darkness.', 0, 'https://example.org/books'),
    (4, 'bob', 'Band rehearsal', 'Thursday at eight. Bring the bass.', 2, NULL),
    (5, 'bob', 'Present for Alice', 'Something with olives.', 1, NULL),
    (6, 'admin', 'Backups', 'Try to restore one.', 2, NULL);

INSERT INTO labels (note, label) VALUES
    (1, 'home'), (2, 'errands'), (2, 'travel'), (3, 'leisure'), (4, 'leisure'), (6, 'work');

INSERT INTO facts (note, name, value) VALUES
    (2, 'office', 'Town hall, room 12'), (4, 'place', 'The old mill');
