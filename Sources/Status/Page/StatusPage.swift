import Foundation

/// The page at `/`: one file, nothing from elsewhere.
///
/// It holds no word of the plant. Its script asks for JSON and puts what comes into text nodes, never into
/// markup, so that a name or a log line cannot become part of the page. The policy that goes with it lets
/// only this style and this script run, by a number used once.
enum StatusPage {
    static func html(nonce: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>anchord</title>
        <link rel="icon" href="data:,">
        <style nonce="\(nonce)">
        \(style)
        </style>
        </head>
        <body>
        <header>
          <h1 id="title">anchord</h1>
          <p id="facts"></p>
          <p id="broken" class="note bad" role="alert" hidden></p>
        </header>
        <noscript><p class="note bad">This page needs its script. <code>anchord status</code> and
        <code>anchord alarms list</code> say the same in a terminal.</p></noscript>
        <main hidden id="main">
          <ul id="notes" aria-live="polite"></ul>
          <section aria-labelledby="standing-title">
            <h2 id="standing-title">Alarms that need somebody</h2>
            <div id="standing"></div>
          </section>
          <section aria-labelledby="assets-title">
            <div class="bar">
              <h2 id="assets-title">Assets</h2>
              <label>Show <input id="filter" type="search" placeholder="name, state, alarm"></label>
            </div>
            <div id="assets"></div>
            <p id="more" class="quiet"></p>
          </section>
          <section aria-labelledby="past-title">
            <h2 id="past-title">What happened</h2>
            <div id="past" class="scroll"></div>
          </section>
          <section aria-labelledby="labels-title">
            <h2 id="labels-title">Labels</h2>
            <div id="labels" class="scroll"></div>
          </section>
          <section aria-labelledby="gateway-title">
            <h2 id="gateway-title">Gateway</h2>
            <div id="gateway"></div>
          </section>
          <p class="quiet">A score of 3 is once in a thousand normal windows. The dashed line is the score
          that raises the alarm. Times are the machines' own, in your zone. This page changes nothing:
          <code>anchord alarms</code>, <code>anchord label</code> and MQTT commands do.</p>
        </main>
        <script nonce="\(nonce)">
        "use strict";
        \(drawing)
        \(assets)
        \(script)
        </script>
        </body>
        </html>
        """
    }

    static func policy(nonce: String) -> String {
        "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; "
            + "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'"
    }
}

extension StatusAnswer {
    static func page() -> StatusAnswer {
        let nonce = Data((0..<16).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        var answer = StatusAnswer(
            200, "text/html; charset=utf-8", Array(StatusPage.html(nonce: nonce).utf8))
        answer.fields = ["Content-Security-Policy": StatusPage.policy(nonce: nonce)]
        return answer
    }
}
