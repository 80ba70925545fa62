namespace Orleans;

/// <summary>The base of grain interfaces whose grains are named by a string, which is the only kind of key this engine has.</summary>
public interface IGrainWithStringKey : IGrain;
