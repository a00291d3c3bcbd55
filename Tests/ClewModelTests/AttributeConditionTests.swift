import ClewModel
import Testing

@Suite("Attribute conditions")
struct AttributeConditionTests {
    private static func matches(_ text: String, _ attributes: Attributes, _ resource: Attributes = []) throws -> Bool {
        try #require(AttributeCondition(text: text)).matches(attributes, resource)
    }

    @Test(
        "conditions that hold",
        arguments: [
            ("s", "text"), ("s=text", "text"), ("s!=other", "text"), ("s>tex", "text"), ("s>=text", "text"),
            ("s<texu", "text"), ("s=", ""), ("s=true", true), ("s=5", 5), ("s=5.0", 5), ("s>4", 5), ("s>4.5", 5),
            ("s>10", 9007), ("s<=-1", -1), ("s=0.5", 0.5), ("s>-inf", 0.5),
            ("s=9007199254740993", 9_007_199_254_740_993),
            ("s!=9007199254740992", 9_007_199_254_740_993),
        ] as [(String, AttributeValue)])
    func holds(condition: String, value: AttributeValue) throws {
        #expect(try Self.matches(condition, [Attribute("s", value)]))
    }

    @Test(
        "conditions that do not hold",
        arguments: [
            ("t", "text"), ("s=Text", "text"), ("s!=text", "text"), ("s>text", "text"), ("s<text", "text"),
            ("s=4", 5), ("s>5", 5), ("s<5", 5), ("s=true", false), ("t>0", 5), ("t=", ""),
        ] as [(String, AttributeValue)])
    func fails(condition: String, value: AttributeValue) throws {
        #expect(try !Self.matches(condition, [Attribute("s", value)]))
    }

    @Test("text that looks like a number is compared as text, a number as a number")
    func numbersAndText() throws {
        #expect(try Self.matches("s<9", [Attribute("s", "10")]))
        #expect(try !Self.matches("s<9", [Attribute("s", 10)]))
    }

    @Test("a missing key meets only 'not equal'")
    func missing() throws {
        #expect(try Self.matches("k!=v", []))
        for text in ["k", "k=v", "k>v", "k<v", "k>=v", "k<=v"] { #expect(try !Self.matches(text, [])) }
    }

    @Test("NaN equals nothing and is ordered before nothing")
    func notANumber() throws {
        for text in ["k=1", "k=nan", "k<1", "k>1", "k>=1", "k<=1"] {
            #expect(try !Self.matches(text, [Attribute("k", .double(.nan))]))
        }
        #expect(try Self.matches("k!=1", [Attribute("k", .double(.nan))]))
    }

    @Test("the span's own attribute hides the resource's, and the first of a repeated key counts")
    func precedence() throws {
        #expect(try Self.matches("k=own", [Attribute("k", "own")], [Attribute("k", "resource")]))
        #expect(try !Self.matches("k=resource", [Attribute("k", "own")], [Attribute("k", "resource")]))
        #expect(try Self.matches("k=resource", [], [Attribute("k", "resource")]))
        #expect(try Self.matches("k=1", [Attribute("k", 1), Attribute("k", 2)]))
    }

    @Test("the text form is read back", arguments: AttributeCondition.Comparison.allCases)
    func text(comparison: AttributeCondition.Comparison) {
        let condition = AttributeCondition("http.status_code", comparison, comparison == .exists ? "" : "a=b<c!d")
        #expect(AttributeCondition(text: condition.text) == condition)
    }
}
