/// A queue that gives the least element first.
struct BinaryHeap<Element: Comparable> {
    private var elements: [Element] = []

    mutating func insert(_ element: Element) {
        elements.append(element)
        var position = elements.count - 1
        while position > 0 {
            let parent = (position - 1) / 2
            guard elements[position] < elements[parent] else { return }
            elements.swapAt(position, parent)
            position = parent
        }
    }

    mutating func popFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var position = 0
        while true {
            var least = position
            for child in [2 * position + 1, 2 * position + 2]
            where child < elements.count && elements[child] < elements[least] {
                least = child
            }
            guard least != position else { return first }
            elements.swapAt(position, least)
            position = least
        }
    }
}
