/// Who calls whom in the synthetic shop, and what that takes.
///
/// ```
///            ┌─ catalog, cart ── pricing, order-history
/// gateway ───┼─ web-bff ──┬─ catalog, order-history
///            │            └─ recommendations ── catalog
///            └─ orders ───┬─ cart ── pricing
///                         ├─ payments ── the bank
///                         ├─ inventory, shipping
///                         └─ topic orders ── notifications, order-history
/// ```
enum SyntheticTopology {
    /// What customers ask of the gateway, and how often: the weights sum to 100.
    static let routes: [(weight: Double, operation: SyntheticOperation)] = [
        (18, checkout), (18, productList), (20, productPage), (14, homePage), (12, cartItem), (8, cartPage),
        (6, orderPage), (4, customerPage),
    ]

    /// Every operation, those of the gateway first.
    static let operations: [SyntheticOperation] =
        routes.map(\.operation) + [
            home, createOrder, readOrder, charge, readStock, reserve, ship, readShipment, listProducts, readProduct,
            price, priceOfOne, readCart, addToCart, recommend, customerOrders, projectOrder, notify,
        ]

    /// The services with a step of a kind, in their order.
    static func services(where isMeant: (SyntheticStep) -> Bool) -> [SyntheticService] {
        SyntheticService.allCases.filter { service in
            operations.contains { $0.service == service && $0.steps.contains(where: isMeant) }
        }
    }

    // MARK: - Gateway

    private static let checkout = SyntheticOperation(
        .gateway, "POST", "/checkout", [.work(500), .task("authenticate", 700), .call(createOrder), .work(300)],
        opening: "checkout of customer #", closing: "checked out order #")
    private static let productList = SyntheticOperation(
        .gateway, "GET", "/products", [.work(350), .call(listProducts), .work(250)],
        opening: "page # of products", closing: "page of # products")
    private static let productPage = SyntheticOperation(
        .gateway, "GET", "/products/{id}",
        [.work(350), .parallel([readProduct, priceOfOne, readStock]), .task("merge parts", 600)],
        opening: "page of product #", closing: "page of product # is done")
    private static let homePage = SyntheticOperation(
        .gateway, "GET", "/web/home", [.work(400), .call(home), .work(250)],
        opening: "home page of customer #", closing: "home page of # bytes")
    private static let cartItem = SyntheticOperation(
        .gateway, "POST", "/cart/items", [.work(350), .task("authenticate", 700), .call(addToCart), .work(200)],
        opening: "item # for a cart", closing: "cart has # items")
    private static let cartPage = SyntheticOperation(
        .gateway, "GET", "/cart", [.work(350), .call(readCart), .work(250)],
        opening: "cart of customer #", closing: "cart with total #")
    private static let orderPage = SyntheticOperation(
        .gateway, "GET", "/orders/{id}", [.work(350), .call(readOrder), .work(250)],
        opening: "page of order #", closing: "page of order # is done")
    private static let customerPage = SyntheticOperation(
        .gateway, "GET", "/customers/{id}/orders", [.work(350), .call(customerOrders), .work(250)],
        opening: "orders of customer #", closing: "# orders shown")

    // MARK: - Orders

    private static let createOrder = SyntheticOperation(
        .orders, "POST", "/orders",
        [
            .work(700), .call(readCart), .query(SyntheticQuery("INSERT", "orders", in: "orders", 1900)),
            .task("check limits", 900), .call(charge), .call(reserve), .call(ship),
            .query(SyntheticQuery("UPDATE", "orders", in: "orders", 1600)),
            .publish("orders", [notify, projectOrder]), .work(400),
        ],
        opening: "new order of customer #", closing: "order # confirmed, total # cents")
    private static let readOrder = SyntheticOperation(
        .orders, "GET", "/orders/{id}",
        [.work(400), .query(SyntheticQuery("SELECT", "orders", in: "orders", 1300)), .call(readShipment), .work(300)],
        opening: "reading order #", closing: "order # has # lines")
    private static let charge = SyntheticOperation(
        .payments, "POST", "/charges",
        [
            .work(600), .query(SyntheticQuery("SELECT", "cards", in: "payments", 1200)),
            .task("assess risk", 2600), .external("api.bank.example", 24_000),
            .query(SyntheticQuery("INSERT", "charges", in: "payments", 1700)), .work(300),
        ],
        opening: "charge of # cents", closing: "charge # accepted by the bank")
    private static let readStock = SyntheticOperation(
        .inventory, "GET", "/stock/{id}",
        [.work(300), .query(SyntheticQuery("SELECT", "stock", in: "inventory", 1000)), .work(250)],
        opening: "stock of product #", closing: "# pieces in stock")
    private static let reserve = SyntheticOperation(
        .inventory, "POST", "/reservations",
        [
            .work(500), .query(SyntheticQuery("SELECT", "stock", in: "inventory", 1100)),
            .task("choose warehouse", 1100), .query(SyntheticQuery("UPDATE", "stock", in: "inventory", 1800)),
            .work(250),
        ],
        opening: "reservation for order #", closing: "# pieces reserved")
    private static let ship = SyntheticOperation(
        .shipping, "POST", "/shipments",
        [
            .work(450), .query(SyntheticQuery("SELECT", "carriers", in: "shipping", 900)),
            .task("choose carrier", 1500), .query(SyntheticQuery("INSERT", "shipments", in: "shipping", 1700)),
            .work(250),
        ],
        opening: "shipment for order #", closing: "shipment # booked")
    private static let readShipment = SyntheticOperation(
        .shipping, "GET", "/shipments/{id}",
        [.work(350), .query(SyntheticQuery("SELECT", "shipments", in: "shipping", 1100)), .work(200)],
        opening: "reading shipment of order #", closing: "shipment # is on its way")

    // MARK: - Products, prices and carts

    private static let listProducts = SyntheticOperation(
        .catalog, "GET", "/products",
        [
            .work(400),
            .cached(
                .lookup("products", in: "catalog"), hits: 0.85,
                SyntheticQuery("SELECT", "products", in: "catalog", 3200)),
            .task("render products", 1200), .work(250),
        ],
        opening: "listing products of category #", closing: "# products listed")
    private static let readProduct = SyntheticOperation(
        .catalog, "GET", "/products/{id}",
        [.work(350), .query(SyntheticQuery("SELECT", "products", in: "catalog", 1300)), .work(500)],
        opening: "reading product #", closing: "product # found")
    private static let price = SyntheticOperation(
        .pricing, "POST", "/prices",
        [
            .work(450),
            .cached(
                .lookup("prices", in: "pricing"), hits: 0.9, SyntheticQuery("SELECT", "prices", in: "pricing", 2400)),
            .task("apply discounts", 1600), .work(250),
        ],
        opening: "pricing # lines", closing: "total is # cents")
    private static let priceOfOne = SyntheticOperation(
        .pricing, "GET", "/prices/{id}",
        [
            .work(350),
            .cached(
                .lookup("prices", in: "pricing"), hits: 0.9, SyntheticQuery("SELECT", "prices", in: "pricing", 1500)),
            .work(400),
        ],
        opening: "price of product #", closing: "price is # cents")
    private static let readCart = SyntheticOperation(
        .cart, "GET", "/carts/{id}",
        [
            .work(400), .query(SyntheticQuery("HGETALL", "carts", in: "carts", system: "redis", 500)), .call(price),
            .work(300),
        ],
        opening: "reading cart of customer #", closing: "cart has # lines")
    private static let addToCart = SyntheticOperation(
        .cart, "POST", "/carts/{id}/items",
        [
            .work(400), .call(readProduct), .query(SyntheticQuery("HSET", "carts", in: "carts", system: "redis", 600)),
            .work(300),
        ],
        opening: "adding product # to a cart", closing: "product # is in the cart")

    // MARK: - Pages and what hears of orders

    private static let home = SyntheticOperation(
        .webBFF, "GET", "/home",
        [.work(500), .parallel([listProducts, recommend, customerOrders]), .task("compose page", 1900), .work(200)],
        opening: "composing home page of customer #", closing: "home page has # parts")
    private static let recommend = SyntheticOperation(
        .recommendations, "GET", "/recommendations",
        [
            .work(600),
            .cached(
                .lookup("bestsellers", in: "recommendations"), hits: 0.8,
                SyntheticQuery("SELECT", "sales", in: "recommendations", 4000)),
            .call(listProducts), .task("rank products", 2200), .work(250),
        ],
        opening: "recommending for customer #", closing: "# products recommended")
    private static let customerOrders = SyntheticOperation(
        .orderHistory, "GET", "/customers/{id}/orders",
        [.work(400), .query(SyntheticQuery("SELECT", "order_view", in: "history", 1800)), .work(350)],
        opening: "history of customer #", closing: "# orders found")
    private static let projectOrder = SyntheticOperation(
        .orderHistory, processing: "orders",
        [.work(400), .query(SyntheticQuery("UPDATE", "order_view", in: "history", 1900)), .work(200)],
        opening: "event # of an order", closing: "event # is in the view")
    private static let notify = SyntheticOperation(
        .notifications, processing: "orders",
        [
            .work(350), .task("render letter", 1700), .query(SyntheticQuery("INSERT", "letters", in: "letters", 1500)),
            .work(200),
        ],
        opening: "letter for order #", closing: "letter # is queued")
}
