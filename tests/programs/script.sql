CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL, stock INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
INSERT INTO item SELECT i, printf('item %03d', i * 7919 % 1000), round(i * 1.37, 2), i * i % 97 FROM n;
CREATE INDEX by_name ON item (name);
BEGIN;
UPDATE item SET price = price * 1.1 WHERE stock > 50;
DELETE FROM item WHERE id % 13 = 0;
COMMIT;
SELECT count(*), sum(stock), round(avg(price), 6), max(name) FROM item;
SELECT stock % 5 AS class, count(*), printf('%.4f', total(price)) FROM item GROUP BY class ORDER BY class;
SELECT id, name FROM item WHERE name BETWEEN 'item 100' AND 'item 120' ORDER BY name LIMIT 5;
SELECT a.id, b.id FROM item a JOIN item b ON b.stock = a.stock AND b.id > a.id ORDER BY 1, 2 LIMIT 5;
SELECT id, sum(stock) OVER (ORDER BY id ROWS 3 PRECEDING) FROM item WHERE id < 9;
SELECT hex(zeroblob(4)), upper('abc'), substr('hello', 2, 3), replace('aXbX', 'X', '-'), 7 / 2, 7 / 2.0;
SELECT 1e308 * 10, 9223372036854775807 + 1, -5 % 3, abs(-3.5), round(2.5), cast('12abc' AS INTEGER);
SELECT json_extract('{"a":[1,2,{"b":3}]}', '$.a[2].b');
PRAGMA integrity_check;
VACUUM;
SELECT count(*) FROM sqlite_schema;
