/// Named values as horizontal bars, each with its figure.
struct BarChart {
    struct Item {
        var name: StyledText
        var value: Double
        /// What is printed behind the bar.
        var figure: StyledText
        var style: TextStyle = .accent
    }

    var items: [Item]

    func lines(width: Int) -> [StyledText] {
        let names = min(items.map(\.name.width).max() ?? 0, width / 2)
        let figures = min(items.map(\.figure.width).max() ?? 0, width / 3)
        let room = max(width - names - figures - 2, 1)
        let highest = items.reduce(0) { max($0, $1.value) }
        return items.map { item in
            let bar = Bar.horizontal(highest > 0 ? item.value / highest : 0, width: room, item.style)
            return item.name.fitted(to: names) + " " + bar.padded(to: room) + " "
                + item.figure.fitted(to: figures, .right)
        }
    }
}
