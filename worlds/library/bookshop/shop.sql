-- The shop: catalogue, customers and orders. All amounts are cents; all times are UTC.

create table authors (
    id integer primary key,
    name text not null unique,
    country text not null
);

create table books (
    id integer primary key,
    isbn text not null unique check (length(isbn) = 13),
    title text not null,
    author integer not null references authors (id),
    genre text not null
        check (genre in ('fiction', 'crime', 'history', 'science', 'children', 'poetry', 'cooking', 'travel')),
    published integer not null check (published between 1900 and 2100),
    price_cents integer not null check (price_cents > 0),
    stock integer not null default 0 check (stock >= 0)
);

create index books_by_genre on books (genre);

create table customers (
    id integer primary key,
    name text not null,
    email text not null collate nocase unique check (email like '%_@_%._%'),
    city text not null,
    country text not null,
    joined text not null,
    tier text not null default 'standard' check (tier in ('standard', 'silver', 'gold')),
    points integer not null default 0 check (points between 0 and 20000),
    status text not null default 'active' check (status in ('active', 'closed')),
    remark text
);

create table orders (
    id integer primary key,
    customer integer not null references customers (id),
    placed text not null,
    status text not null default 'paid'
        check (status in ('paid', 'packed', 'shipped', 'delivered', 'cancelled', 'returned')),
    shipped text check (shipped is null or shipped >= placed),
    shipping_cents integer not null default 0 check (shipping_cents >= 0),
    gift integer not null default 0 check (gift in (0, 1))
);

create index orders_by_customer on orders (customer);

create table order_items (
    order_id integer not null references orders (id) on delete cascade,
    book integer not null references books (id),
    quantity integer not null check (quantity between 1 and 50),
    unit_cents integer not null check (unit_cents >= 0),
    primary key (order_id, book)
);

create table charges (
    id text primary key check (id like 'ch_%'),
    order_id integer not null references orders (id),
    cents integer not null check (cents > 0),
    method text not null check (method in ('card', 'transfer', 'voucher')),
    created text not null,
    state text not null default 'settled' check (state in ('pending', 'settled', 'void'))
);

create index charges_by_order on charges (order_id);

create table refunds (
    id text primary key check (id like 're_%'),
    charge text not null references charges (id),
    cents integer not null check (cents > 0),
    reason text not null check (reason in ('return', 'damaged', 'double charge', 'goodwill')),
    created text not null
);

create table reviews (
    id integer primary key,
    book integer not null references books (id),
    customer integer not null references customers (id),
    stars integer not null check (stars between 1 and 5),
    text text not null,
    created text not null,
    unique (book, customer)
);

create table price_changes (
    id integer primary key,
    book integer not null references books (id),
    old_cents integer not null,
    new_cents integer not null
);

create view order_totals as
select
    orders.id as order_id,
    orders.customer,
    orders.placed,
    orders.status,
    sum(order_items.quantity) as units,
    sum(order_items.quantity * order_items.unit_cents) as goods_cents,
    sum(order_items.quantity * order_items.unit_cents) + orders.shipping_cents as total_cents
from orders
join order_items on order_items.order_id = orders.id
group by orders.id;

create view customer_value as
select
    customers.id as customer,
    customers.name,
    count(order_totals.order_id) as orders,
    coalesce(sum(order_totals.total_cents), 0) as spent_cents
from customers
left join order_totals on order_totals.customer = customers.id and order_totals.status <> 'cancelled'
group by customers.id;

create trigger price_change_is_noted
after update of price_cents on books
when old.price_cents <> new.price_cents
begin
    insert into price_changes (book, old_cents, new_cents) values (new.id, old.price_cents, new.price_cents);
end;

create trigger refund_stays_within_charge
before insert on refunds
when new.cents + (select coalesce(sum(cents), 0) from refunds where charge = new.charge)
    > (select coalesce(max(cents), 0) from charges where id = new.charge and state = 'settled')
begin
    select raise(abort, 'refunds would exceed the settled charge');
end;

create trigger closed_account_owns_no_orders
before update of status on customers
when new.status = 'closed' and exists (select 1 from orders where customer = new.id)
begin
    select raise(abort, 'account still owns orders');
end;

create trigger shipped_order_is_not_cancelled
before update of status on orders
when new.status = 'cancelled' and old.shipped is not null
begin
    select raise(abort, 'order has left the shop');
end;
