-- The warehouse: what each store sold on each day. All amounts are cents; all days are UTC.
-- The web shop's days since 1 October 2025 come from the shop's own orders (web_sales.csv); the rest is laid out here
-- with whole numbers only, so that every machine gets the same rows.

create table stores (
    store varchar primary key,
    name varchar not null,
    kind varchar not null check (kind in ('branch', 'kiosk', 'web')),
    opened date not null,
    floor_m2 integer
);

insert into stores values
    ('quay-street', 'Quay Street', 'branch', date '1994-06-11', 210),
    ('market-row', 'Market Row', 'branch', date '2008-09-06', 95),
    ('station-kiosk', 'Station Kiosk', 'kiosk', date '2024-05-01', 14),
    ('web', 'Web shop', 'web', date '2019-03-04', null);

create table genres (
    genre varchar primary key,
    name varchar not null,
    shelf varchar not null,
    usual_cents integer not null
);

insert into genres values
    ('fiction', 'Fiction', 'A', 1660),
    ('crime', 'Crime', 'B', 1385),
    ('history', 'History', 'C', 2430),
    ('science', 'Science', 'D', 2230),
    ('children', 'Children', 'E', 970),
    ('poetry', 'Poetry', 'F', 1200),
    ('cooking', 'Cooking', 'G', 2680),
    ('travel', 'Travel', 'H', 2005);

create table calendar (
    day date primary key,
    year integer not null,
    month integer not null,
    weekday integer not null,
    season varchar not null,
    closed boolean not null
);

insert into calendar
select
    day,
    year(day),
    month(day),
    isodow(day),
    case
        when month(day) in (3, 4, 5) then 'spring'
        when month(day) in (6, 7, 8) then 'summer'
        when month(day) in (9, 10, 11) then 'autumn'
        else 'winter'
    end,
    (month(day) = 12 and day(day) in (25, 26)) or (month(day) = 1 and day(day) = 1)
from (select cast(moment as date) as day from generate_series(timestamp '2023-01-01', timestamp '2026-12-31', interval 1 day) as days (moment));

create table loads (
    day date not null,
    store varchar not null references stores (store),
    load integer not null,
    finished timestamp not null,
    primary key (day, store, load)
);

create table daily_sales (
    day date not null,
    store varchar not null references stores (store),
    genre varchar not null references genres (genre),
    load integer not null default 1,
    units integer not null check (units >= 0),
    gross_cents bigint not null,
    returned_cents bigint not null default 0,
    primary key (day, store, genre, load)
);

create table targets (
    year integer not null,
    month integer not null,
    store varchar not null references stores (store),
    net_cents bigint not null,
    primary key (year, month, store)
);

-- Units a day, in thousandths, of an average store, by genre; and how a month, a weekday and a year weigh (percent).
insert into daily_sales (day, store, genre, load, units, gross_cents, returned_cents)
with
    size (store, percent) as (values ('quay-street', 230), ('market-row', 105), ('station-kiosk', 62), ('web', 34)),
    share (genre, thousandths) as (
        values ('fiction', 5200), ('crime', 4600), ('history', 1900), ('science', 1500),
               ('children', 4100), ('poetry', 650), ('cooking', 1450), ('travel', 1250)
    ),
    weight (month, percent, children, travel, cooking) as (
        values (1, 78, 90, 110, 95), (2, 82, 92, 112, 90), (3, 90, 104, 108, 92), (4, 96, 108, 112, 94),
               (5, 98, 96, 126, 92), (6, 104, 94, 148, 88), (7, 118, 96, 170, 84), (8, 121, 104, 158, 84),
               (9, 97, 112, 104, 98), (10, 101, 100, 92, 108), (11, 122, 112, 84, 124), (12, 208, 138, 70, 142)
    ),
    weekday (weekday, branch, kiosk, web) as (
        values (1, 74, 118, 112), (2, 82, 120, 96), (3, 88, 122, 92), (4, 96, 124, 90),
               (5, 112, 138, 88), (6, 168, 78, 96), (7, 80, 0, 126)
    ),
    laid as (
        select
            calendar.day,
            stores.store,
            genres.genre,
            genres.usual_cents,
            (calendar.day - date '2023-01-01') as age,
            (7919 * (calendar.day - date '2023-01-01') + 104729 * ascii(stores.store) + 15485863 * ascii(genres.shelf)
                + 611953 * (calendar.day - date '2023-01-01') * ascii(genres.shelf)) % 1009 as luck,
            share.thousandths * size.percent // 100
                * weight.percent // 100
                * (case stores.kind when 'branch' then weekday.branch when 'kiosk' then weekday.kiosk else weekday.web end) // 100
                * (case genres.genre when 'children' then weight.children when 'travel' then weight.travel
                   when 'cooking' then weight.cooking else 100 end) // 100 as expected
        from calendar
        cross join stores
        cross join genres
        join size on size.store = stores.store
        join share on share.genre = genres.genre
        join weight on weight.month = calendar.month
        join weekday on weekday.weekday = calendar.weekday
        where calendar.day between greatest(stores.opened, date '2023-01-01') and date '2026-03-01'
            and not calendar.closed
            and not (stores.store = 'market-row' and calendar.weekday = 1)
            and not (stores.store = 'web' and calendar.day >= date '2025-10-01')
    ),
    grown as (
        select
            *,
            expected * (case store
                when 'web' then 80 + age // 14
                when 'station-kiosk' then 70 + least(age, 1000) // 25
                when 'market-row' then 104 - age // 90
                else 98 + age // 120
            end) // 100 * (640 + luck * 5 // 7) // 1000 as thousandths
        from laid
    ),
    sold as (select *, (thousandths + (luck * 37) % 1000) // 1000 as units from grown)
select
    day,
    store,
    genre,
    1,
    units,
    units * usual_cents + (luck * 29) % 241 - 120,
    case when luck % 23 = 5 then usual_cents else 0 end
from sold
where units > 0;

-- Two days whose first load was cut short and repeated the next morning.
insert into daily_sales
select day, store, genre, 2, units + 1 + units // 3, gross_cents + (1 + units // 3) * usual_cents, returned_cents
from daily_sales
join genres using (genre)
where (day = date '2026-02-17' and store = 'market-row') or (day = date '2025-02-11' and store = 'quay-street');

insert into loads
select day, store, load, cast(day as timestamp) + interval 1 day + interval 130 minute + (load - 1) * interval 571 minute
from (
    select distinct day, store, load from daily_sales
    union all
    select day, 'web', 1 from calendar where day between date '2025-10-01' and date '2026-03-01'
);

insert into targets
select year(day) + 1, month(day), store, sum(gross_cents) * 103 // 100 // 10000 * 10000
from daily_sales
where load = 1 and day between date '2023-01-01' and date '2025-09-30'
group by all;

create view clean_sales as
select day, store, genre, units, gross_cents, returned_cents, gross_cents - returned_cents as net_cents
from daily_sales
join (select day, store, max(load) as load from loads group by day, store) as last_loads using (day, store, load);

create view monthly_sales as
select
    year(day) as year,
    month(day) as month,
    store,
    sum(units) as units,
    sum(gross_cents) as gross_cents,
    sum(returned_cents) as returned_cents,
    sum(net_cents) as net_cents
from clean_sales
group by year(day), month(day), store;
