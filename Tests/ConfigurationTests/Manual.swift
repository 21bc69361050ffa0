/// The two files of the manual, in both layouts.
enum Manual {
    static let foo = #"""
        ---
        version: 2
        node:
          id: foo

        log-level:
          level: Debug

        tcp-listeners:
          - port: 2222

        control-services:
          - service: control
            filename: /tmp/foo.sock

        work-commands:
          - workType: echoint
            command: bash
            params: "-c \"for i in {1..5}; do echo $i; sleep 1; done\""
        """#

    static let fooAsList = #"""
        ---
        - node:
            id: foo

        - log-level:
            level: Debug

        - tcp-listener:
            port: 2222

        - control-service:
            service: control
            filename: /tmp/foo.sock

        - work-command:
            workType: echoint
            command: bash
            params: "-c \"for i in {1..5}; do echo $i; sleep 1; done\""
        ...
        """#

    static let bar = #"""
        ---
        version: 2
        node:
          id: bar

        log-level:
          level: Debug

        tcp-peer:
          address: localhost:2222

        control-services:
          - service: control

        work-commands:
          - worktype: echoint
            command: bash
            params: "-c \"for i in {1..10}; do echo $i; sleep 1; done\""
          - workType: echopayload
            command: bash
            params: "-c \"while read -r line; do echo ${line^^}; sleep 3; done\""
        """#

    static let barAsList = #"""
        - node: bar
        - log-level: debug
        - tcp-peer: localhost:2222
        - control-service: {}
        - work-command:
            worktype: echoint
            command: bash
            params: "-c \"for i in {1..10}; do echo $i; sleep 1; done\""
        - work-command:
            workType: echopayload
            command: bash
            params: "-c \"while read -r line; do echo ${line^^}; sleep 3; done\""
        """#
}
