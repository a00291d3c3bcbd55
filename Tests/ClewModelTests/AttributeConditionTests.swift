import ClewModel
import Testing

@Suite("Attribute conditions")
struct AttributeConditionTests {
    private static func matches(_ text: String, _ attributes: Attributes, _ resource: Attributes = []) throws -> Bool {
        let span = Span(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), name: "n", start: 0, end: 1, attributes: attributes,
            resource: Resource(attributes: resource))
        let record = LogRecord(time: 1, attributes: attributes, resource: Resource(attributes: resource))
        let condition = try AttributeCondition(text: text)
        let result = condition.matches(span)
        #expect(condition.matches(record) == result)
        return result
    }

    @Test(
        "conditions that hold",
        arguments: [
            ("s", "text"), ("s=text", "text"), ("s!=other", "text"), ("s>tex", "text"), ("s>=text", "text"),
            ("s<texu", "text"), ("s=", ""), ("s=true", true), ("s=5", 5), ("s=5.0", 5), ("s>4", 5), ("s>4.5", 5),
            ("s>10", 9007), ("s<=-1", -1), ("s=0.5", 0.5), ("s>-inf", 0.5),
            ("s=9007199254740993", 9_007_199_254_740_993),
            ("s!=9007199254740992", 9_007_199_254_740_993), ("s==text", "text"), ("s==~x", "~x"), ("s===x", "=x"),
            ("s=~te.*", "text"), ("s=~t|text", "text"), ("s!~tex", "text"), ("s=~[45]..", 503),
            ("s=~true|false", false),
            ("s=~.*\"timeout.*", "read \"timeout\"\nat 5"), ("!t", "text"), ("any:s=text", "text"),
        ] as [(String, AttributeValue)])
    func holds(condition: String, value: AttributeValue) throws {
        #expect(try Self.matches(condition, [Attribute("s", value)]))
    }

    @Test(
        "conditions that do not hold",
        arguments: [
            ("t", "text"), ("s=Text", "text"), ("s!=text", "text"), ("s>text", "text"), ("s<text", "text"),
            ("s=4", 5), ("s>5", 5), ("s<5", 5), ("s=true", false), ("t>0", 5), ("t=", ""), ("s=~tex", "text"),
            ("s=~ext", "text"), ("s!~te.*", "text"), ("s=~[45].", 503),
            ("!s", "text"),
            ("t=~.*", "text"), ("s=\u{E9}", "e\u{301}"),
        ] as [(String, AttributeValue)])
    func fails(condition: String, value: AttributeValue) throws {
        #expect(try !Self.matches(condition, [Attribute("s", value)]))
    }

    @Test("text that looks like a number is compared as text, a number as a number")
    func numbersAndText() throws {
        #expect(try Self.matches("s<9", [Attribute("s", "10")]))
        #expect(try !Self.matches("s<9", [Attribute("s", 10)]))
    }

    @Test("a missing key meets only that it is missing, not equal, and does not match")
    func missing() throws {
        for text in ["!k", "k!=v", "k!~v", "resource:k!=v", "scope:k!=v"] {
            #expect(try Self.matches(text, []))
        }
        for text in ["k", "k=v", "k>v", "k<v", "k>=v", "k<=v", "k=~.*", "resource:k", "scope:k"] {
            #expect(try !Self.matches(text, []))
        }
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

    private static let span = Span(
        traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), name: "n", start: 0, end: 1,
        attributes: [Attribute("k", "own"), Attribute("own", 1)],
        events: [
            SpanEvent(time: 0, name: "exception", attributes: [Attribute("type", "Timeout")]),
            SpanEvent(time: 0, name: "", attributes: [Attribute("type", "Refused"), Attribute("attempt", 2)]),
            SpanEvent(time: 0, name: "retry"),
        ],
        links: [SpanLink(traceID: TraceID(high: 1, low: 1), spanID: SpanID(1), attributes: [Attribute("queue", "q")])],
        resource: Resource(attributes: [Attribute("k", "resource"), Attribute("host", "h")]),
        scope: InstrumentationScope(name: "http", version: "1.2", attributes: [Attribute("tier", 2)]))

    @Test(
        "conditions of each scope that hold",
        arguments: [
            "k=own", "span:k=own", "resource:k=resource", "any:k=own", "host=h", "resource:host", "!span:host",
            "!resource:own", "span:own=1", "scope:name=http", "scope:version=~1\\..*", "scope:tier>1", "!scope:k",
            "event:name=exception", "event:name=retry", "event:type=Timeout", "event:type=Refused",
            "event:type!=Timeout",
            "event:attempt!=1", "event:type!~T.*", "event:attempt>=2", "!event:k", "event:name!=exception",
            "link:queue", "link:queue=~q|r", "!link:k", "!log:k", "log:k!=own",
        ])
    func scopes(condition: String) throws {
        #expect(try AttributeCondition(text: condition).matches(Self.span))
    }

    @Test(
        "conditions of each scope that do not hold",
        arguments: [
            "k=resource", "span:host", "span:k=resource", "resource:own", "resource:k!=resource", "scope:name!=http",
            "!scope:name", "scope:k", "event:name=", "event:type=Other", "event:attempt!=2", "!event:type",
            "event:k!=x",
            "!event:name", "link:queue!=q", "!link:queue", "link:k!=v", "link:name", "log:k", "event:type!~.*",
        ])
    func otherScopes(condition: String) throws {
        #expect(try !AttributeCondition(text: condition).matches(Self.span))
    }

    @Test("a log record has attributes of its own, and neither events nor links")
    func logScopes() throws {
        let record = LogRecord(time: 1, attributes: [Attribute("k", 1)], scope: InstrumentationScope(name: "app"))
        for text in ["log:k=1", "scope:name=app", "!span:k", "!event:k", "!link:k"] {
            #expect(try AttributeCondition(text: text).matches(record), "\(text)")
        }
        for text in ["span:k", "event:k!=1", "link:k!=1", "!log:k"] {
            #expect(try !AttributeCondition(text: text).matches(record), "\(text)")
        }
    }

    @Test(
        "the text form is read back", arguments: AttributeCondition.Comparison.allCases,
        AttributeCondition.Scope.allCases)
    func text(comparison: AttributeCondition.Comparison, scope: AttributeCondition.Scope) throws {
        let hasValue = comparison != .exists && comparison != .missing
        for key in ["http.status_code", "event:name", "any:x", "other:x", ":", "a:b:c"] {
            for value in hasValue ? ["a=b<c!d", "~x", "", "x:y"] : [""] {
                let condition = AttributeCondition(key, comparison, value, in: scope)
                #expect(try AttributeCondition(text: condition.text) == condition)
            }
        }
    }

    @Test(
        "what is wrong with a condition is said",
        arguments: [
            ("", "begins with a key"), ("=v", "begins with a key"), ("span:", "begins with a key"),
            ("!", "begins with a key"),
            ("a!b", "behind the key"), ("!a=b", "missing"), ("a=~(", "'(' is not a regular expression: at character 1"),
            ("a!~x**", "at character 3, a repetition cannot be repeated"),
        ])
    func errors(text: String, expected: String) {
        let error = #expect(throws: AttributeConditionError.self) { try AttributeCondition(text: text) }
        #expect(error?.description.contains(expected) ?? false, "\(String(describing: error))")
    }

    @Test("nothing meets a condition whose regular expression is none")
    func invalidPattern() {
        for comparison in [AttributeCondition.Comparison.regex, .notRegex] {
            let condition = AttributeCondition("k", comparison, "(")
            #expect(condition.pattern == nil)
            #expect(!condition.matches("(") && !condition.matches(nil))
        }
    }
}
