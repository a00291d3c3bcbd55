public import ArgumentParser
public import ClewDemoShop

extension ServiceName: ExpressibleByArgument {}
