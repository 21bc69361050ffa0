internal import CommandPlugin
internal import EchoPlugin
internal import RemotePlugin
internal import Workceptor

/// The plugins that are compiled into this daemon. A new one is one line here.
let builtInPlugins: [any WorkTypePlugin] = [
    CommandPlugin(),
    EchoPlugin(),
    RemotePlugin(),
]
