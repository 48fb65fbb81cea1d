/// Where the page is shown. The `[status]` section of the settings file.
package struct StatusSettings: Equatable, Sendable {
    /// An address and a port; `nil`: no page. The port that Prometheus reserves for exporters of this
    /// kind; loopback, because what a machine does is its owner's business and nothing here asks who reads.
    package var listen: String? = "127.0.0.1:9464"

    package init() {}

    /// The address in use; `nil`: no page.
    package var address: ListenAddress? { listen.flatMap { ListenAddress($0) } }

    package func problems() -> [String] {
        guard let listen, address == nil else { return [] }
        return [
            "status.listen is \"\(listen)\", but must be an address and a port, such as "
                + "127.0.0.1:9464, [::1]:9464 or, for every interface, 0.0.0.0:9464; \"\" for no page."
        ]
    }
}
