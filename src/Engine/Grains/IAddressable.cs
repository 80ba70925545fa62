namespace Orleans.Runtime;

/// <summary>Whatever can be called through the engine: grains and references to them.</summary>
public interface IAddressable;
