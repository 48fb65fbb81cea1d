extension DaemonSettings {
    /// What the pipeline's rooms are set to.
    package var pipeline: PipelineSettings {
        var pipeline = PipelineSettings()
        pipeline.intake = intake
        pipeline.windowing = windowing
        pipeline.fusion = fusion
        pipeline.detection = detection
        pipeline.alarms = alarms
        return pipeline
    }
}
