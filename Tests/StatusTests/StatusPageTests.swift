import Testing

@testable import Status

@Suite struct StatusPageTests {
    private let script = StatusPage.drawing + StatusPage.assets + StatusPage.script

    @Test("What comes from the plant becomes text: the script never makes markup of it")
    func noMarkup() {
        for way in [
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
            "DOMParser", "createContextualFragment", "setTimeout(\"", "javascript:", "srcdoc",
        ] {
            #expect(!script.contains(way), "\(way)")
        }
    }

    @Test("Nothing is fetched from elsewhere, and only what stands in the page may run")
    func selfContained() {
        let answer = StatusAnswer.page()
        let html = String(decoding: answer.body, as: UTF8.self)
        #expect(!html.contains("https://") && !html.contains("src="))
        let policy = answer.fields["Content-Security-Policy"] ?? ""
        #expect(policy.hasPrefix("default-src 'none'"))
        #expect(!policy.contains("unsafe"))
        let nonce = policy.split(separator: "'nonce-")[1].prefix { $0 != "'" }
        #expect(html.contains("<script nonce=\"\(nonce)\">"))
        #expect(html.contains("<style nonce=\"\(nonce)\">"))
        // The policy forbids them, and a page that has them looks broken.
        #expect(!html.contains(" style=") && !html.contains(" onclick="))
        #expect(StatusAnswer.page().fields != answer.fields, "used once")
        #expect(html.contains("\"use strict\"") && html.hasSuffix("</html>"))
    }

    @Test("A name that a shell would obey is quoted in the command to copy")
    func shell() {
        #expect(script.contains("\"anchord alarms ack \" + shell(asset.name)"))
    }
}
