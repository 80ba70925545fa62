namespace Sandbox.ClientPackages.Tests.JavaScript;

/// <summary>The tests that share one built and installed package.</summary>
[CollectionDefinition]
public sealed class JavaScriptCollection : ICollectionFixture<JavaScriptPackage>;
