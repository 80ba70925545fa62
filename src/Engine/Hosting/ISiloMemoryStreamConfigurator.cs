namespace Orleans.Hosting;

/// <summary>Sets up a memory stream provider. Nothing of it has an effect here: this engine has no queues.</summary>
public interface ISiloMemoryStreamConfigurator;
